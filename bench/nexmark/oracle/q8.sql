-- Once for each person, however many auctions they open.
SELECT p.id, p.name, window_of(p.dateTime, 10000) AS starttime
FROM person p SEMI JOIN auction a ON a.seller = p.id AND window_of(a.dateTime, 10000) = window_of(p.dateTime, 10000)
