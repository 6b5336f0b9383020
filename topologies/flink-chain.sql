-- Flink's part of flink-chain.yaml, for its SQL client (-f) or gateway. Both jobs read what is committed and commit with their
-- checkpoints; a transaction that its job never ends would stop all readers until its timeout.
SET 'execution.checkpointing.interval' = '1s';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '1000';
SET 'restart-strategy.fixed-delay.delay' = '1s';

CREATE TABLE readings (n BIGINT, sensor STRING, fahrenheit DOUBLE) WITH (
  'connector' = 'kafka', 'topic' = 'readings', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json',
  'properties.group.id' = 'flink-chain-in', 'scan.startup.mode' = 'earliest-offset', 'properties.isolation.level' = 'read_committed'
);
CREATE TABLE celsius (n BIGINT, sensor STRING, celsius DOUBLE) WITH (
  'connector' = 'kafka', 'topic' = 'celsius', 'properties.bootstrap.servers' = 'localhost:9092', 'value.format' = 'json',
  'key.format' = 'raw', 'key.fields' = 'sensor', 'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'flink-chain-celsius', 'properties.transaction.timeout.ms' = '600000'
);
CREATE TABLE levels (n BIGINT, sensor STRING, celsius DOUBLE, level STRING) WITH (
  'connector' = 'kafka', 'topic' = 'levels', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json',
  'properties.group.id' = 'flink-chain-out', 'scan.startup.mode' = 'earliest-offset', 'properties.isolation.level' = 'read_committed'
);
CREATE TABLE reports (n BIGINT, sensor STRING, level STRING, degrees BIGINT) WITH (
  'connector' = 'kafka', 'topic' = 'reports', 'properties.bootstrap.servers' = 'localhost:9092', 'value.format' = 'json',
  'key.format' = 'raw', 'key.fields' = 'sensor', 'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'flink-chain-reports', 'properties.transaction.timeout.ms' = '600000'
);

INSERT INTO celsius SELECT n, sensor, (fahrenheit - 32) * 5 / 9 FROM readings;
INSERT INTO reports SELECT n, sensor, UPPER(level), CAST(FLOOR(celsius) AS BIGINT) FROM levels;
