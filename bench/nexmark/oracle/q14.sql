WITH converted AS (
  SELECT auction, bidder, price::DOUBLE * 0.908::DOUBLE AS price, dateTime, extra, hour(epoch_ms(dateTime)) AS h FROM bid
)
SELECT auction, bidder, price,
  CASE WHEN h BETWEEN 8 AND 18 THEN 'dayTime' WHEN h <= 6 OR h >= 20 THEN 'nightTime' ELSE 'otherTime' END AS bidTimeType,
  dateTime, extra, length(regexp_replace(extra, '[^c]', '', 'g')) AS c_counts
FROM converted
WHERE price > 1000000 AND price < 50000000
