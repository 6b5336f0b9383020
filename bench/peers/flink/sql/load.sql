CREATE TABLE event (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` BIGINT,
    extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` BIGINT,
    expires BIGINT, seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` BIGINT, extra STRING>,
  ts AS TO_TIMESTAMP_LTZ(
    CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END, 3),
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${input}', 'format' = 'json');

CREATE VIEW person AS
SELECT person.id, person.name, person.city, person.state, person.`dateTime`, ts FROM event WHERE event_type = 0;

CREATE VIEW auction AS
SELECT auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, auction.`dateTime`,
  auction.expires, auction.seller, auction.category, auction.extra, ts
FROM event WHERE event_type = 1;

CREATE VIEW bid AS
SELECT bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.`dateTime`, bid.extra, ts
FROM event WHERE event_type = 2;

-- The header's key is no number, so it is null.
CREATE TABLE side (key BIGINT, `value` STRING)
WITH ('connector' = 'filesystem', 'path' = '${side}', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true');
