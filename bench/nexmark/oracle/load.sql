-- Variables: events, NDJSON of Nexmark; side, q13's table as CSV. Run with one thread, so that `line` is the line's number.
CREATE TABLE event AS
SELECT row_number() OVER () AS line, *
FROM read_json(getvariable('events'), format = 'newline_delimited', columns = {
  event_type: 'TINYINT',
  person: 'STRUCT(id BIGINT, name VARCHAR, emailAddress VARCHAR, creditCard VARCHAR, city VARCHAR, state VARCHAR,
    dateTime BIGINT, extra VARCHAR)',
  auction: 'STRUCT(id BIGINT, itemName VARCHAR, description VARCHAR, initialBid BIGINT, reserve BIGINT,
    dateTime BIGINT, expires BIGINT, seller BIGINT, category BIGINT, extra VARCHAR)',
  bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, dateTime BIGINT, extra VARCHAR)'
});
CREATE VIEW person AS SELECT line, unnest(person) FROM event WHERE event_type = 0;
CREATE VIEW auction AS SELECT line, unnest(auction) FROM event WHERE event_type = 1;
CREATE VIEW bid AS SELECT line, unnest(bid) FROM event WHERE event_type = 2;
CREATE TABLE side AS SELECT * FROM read_csv(getvariable('side'), header = true, columns = { key: 'BIGINT', value: 'VARCHAR' });

-- Where a window of this size begins that holds a time, both in milliseconds.
CREATE MACRO window_of(ms, size) AS ms // size * size;
CREATE MACRO day_of(ms) AS strftime(epoch_ms(ms), '%Y-%m-%d');
CREATE MACRO minute_of(ms) AS strftime(epoch_ms(ms), '%H:%M');
-- 1 below 10,000, 2 below 1,000,000, else 3.
CREATE MACRO rank_of(price) AS CASE WHEN price < 10000 THEN 1 WHEN price < 1000000 THEN 2 ELSE 3 END;
