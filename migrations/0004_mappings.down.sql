DROP TABLE events, schema_watches, sync_settings, mappings;
ALTER TABLE connections DROP COLUMN tailored;
