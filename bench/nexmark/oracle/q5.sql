-- A time lies in five windows of ten seconds, one every two. The first ones begin before the first event.
WITH hop AS (
  SELECT auction, window_of(dateTime, 2000) - unnest([0, 2000, 4000, 6000, 8000]) AS windowStart FROM bid
),
counted AS (SELECT auction, windowStart, count(*) AS num FROM hop GROUP BY ALL)
SELECT auction, num, windowStart, windowStart + 10000 AS windowEnd
FROM counted
QUALIFY num = max(num) OVER (PARTITION BY windowStart)
