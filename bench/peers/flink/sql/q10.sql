SELECT auction, bidder, price, `dateTime`, extra, DATE_FORMAT(ts, 'yyyy-MM-dd') AS `day`, DATE_FORMAT(ts, 'HH:mm') AS `minute`
FROM bid
