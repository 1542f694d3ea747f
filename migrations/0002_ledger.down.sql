-- Takes back 0002: the history of sends and the memory of CRM record ids are forgotten.
DROP TABLE sends;
DROP TABLE links;
