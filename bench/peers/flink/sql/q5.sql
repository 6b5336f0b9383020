SELECT A.auction, A.num, 1000 * UNIX_TIMESTAMP(DATE_FORMAT(A.window_start, 'yyyy-MM-dd HH:mm:ss')) AS windowStart,
  1000 * UNIX_TIMESTAMP(DATE_FORMAT(A.window_end, 'yyyy-MM-dd HH:mm:ss')) AS windowEnd
FROM (
  SELECT auction, COUNT(*) AS num, window_start, window_end
  FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
  GROUP BY auction, window_start, window_end
) A JOIN (
  SELECT MAX(num) AS most, window_start, window_end
  FROM (
    SELECT COUNT(*) AS num, window_start, window_end
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
  )
  GROUP BY window_start, window_end
) M ON A.window_start = M.window_start AND A.window_end = M.window_end AND A.num = M.most
