-- Takes back 0001: users, connections and flows are forgotten. Credentials stay at Alloy.
DROP TABLE credential_deletions;
DROP TABLE flows;
DROP TABLE connections;
DROP TABLE users;
