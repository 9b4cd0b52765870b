-- The role that Debezium connects with, once a database cluster, by a superuser. Give it a password afterwards: \password canbao_cdc
create role canbao_cdc login replication;
