-- Sets up Snowflake for this project with least privilege: three roles, two service users, three warehouses.
-- Run it once as a role that may create them (SECURITYADMIN for roles and users, SYSADMIN for the rest).
-- Names may be changed; the SNOWFLAKE_ settings then say so. Keys: docs/snowflake.md.

use role sysadmin;

create database if not exists attribution;

-- One warehouse for each kind of work, so that each can be sized and capped by itself. They sleep after a minute, and a
-- statement that runs for two hours is stuck: it is stopped.
create warehouse if not exists attribution_load
    warehouse_size = 'XSMALL' auto_suspend = 60 auto_resume = true initially_suspended = true
    statement_timeout_in_seconds = 7200;

create warehouse if not exists attribution_transform
    warehouse_size = 'SMALL' auto_suspend = 60 auto_resume = true initially_suspended = true
    statement_timeout_in_seconds = 7200;

create warehouse if not exists attribution_read
    warehouse_size = 'XSMALL' auto_suspend = 60 auto_resume = true initially_suspended = true
    statement_timeout_in_seconds = 600;

use role securityadmin;

create role if not exists attribution_loader;

create role if not exists attribution_transformer;

create role if not exists attribution_reader;

-- So that SYSADMIN can do all that the three can, as for every custom role.
grant role attribution_loader to role sysadmin;

-- The same.
grant role attribution_transformer to role sysadmin;

-- The same.
grant role attribution_reader to role sysadmin;

-- Loader: `attribution load` and `attribution write-back`.

-- It works in this database alone.
grant usage on database attribution to role attribution_loader;

-- dlt makes the schemas raw_<source> and raw_<source>_staging, the write-back makes write_back; each owns what it makes.
grant create schema on database attribution to role attribution_loader;

-- Copying files into tables and merging them needs a warehouse.
grant usage on warehouse attribution_load to role attribution_loader;

-- Transformer: `dbt build`, and the commands that read: explain, dashboard, doctor, compare.

-- It works in this database alone.
grant usage on database attribution to role attribution_transformer;

-- dbt makes staging, intermediate, seeds and build_log, and owns what it makes.
grant create schema on database attribution to role attribution_transformer;

-- To see what the loader makes, which is not there yet.
grant usage on future schemas in database attribution to role attribution_transformer;

-- To read it; nothing lets the transformer change a raw table.
grant select on future tables in database attribution to role attribution_transformer;

-- Models run here.
grant usage on warehouse attribution_transform to role attribution_transformer;

-- The schemas that others read stand from the start, so that grants can be made on what will be in them.
use role attribution_transformer;

create schema if not exists attribution.marts;

create schema if not exists attribution.reports;

create schema if not exists attribution.exports;

use role securityadmin;

-- The write-back reads the export.
grant usage on schema attribution.exports to role attribution_loader;

-- The export is a view.
grant select on future views in schema attribution.exports to role attribution_loader;

-- And was a table in earlier builds.
grant select on future tables in schema attribution.exports to role attribution_loader;

-- Reader: BI tools and analysts. No raw table, no staging: that is where phones and e-mails are.

-- Without it nothing in the database can be named.
grant usage on database attribution to role attribution_reader;

-- The facts and dimensions.
grant usage on schema attribution.marts to role attribution_reader;

-- The reports.
grant usage on schema attribution.reports to role attribution_reader;

-- dbt makes tables anew, hence future ones.
grant select on future tables in schema attribution.marts to role attribution_reader;

-- Some marts are views.
grant select on future views in schema attribution.marts to role attribution_reader;

-- Reports that are tables.
grant select on future tables in schema attribution.reports to role attribution_reader;

-- Reports that are views.
grant select on future views in schema attribution.reports to role attribution_reader;

-- Readers' queries run here: they can't slow a build down.
grant usage on warehouse attribution_read to role attribution_reader;

-- Users. A service user has no password and no browser, only its key pair. A text without an offset is UTC. A transaction
-- that a killed build left open holds its table, and whoever waits for it gives up after ten minutes.

create user if not exists attribution_loader
    type = service default_role = attribution_loader default_warehouse = attribution_load
    timezone = 'UTC' lock_timeout = 600;

create user if not exists attribution_transformer
    type = service default_role = attribution_transformer default_warehouse = attribution_transform
    timezone = 'UTC' lock_timeout = 600;

-- A user loads.
grant role attribution_loader to user attribution_loader;

-- Another one builds.
grant role attribution_transformer to user attribution_transformer;

-- `attribution run` loads, builds and writes back as one user. With this one it may do so as the transformer; leave it
-- out where load and build are run apart.
grant role attribution_loader to role attribution_transformer;
