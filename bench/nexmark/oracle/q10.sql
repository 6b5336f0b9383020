-- `day` and `minute` are read from the names of the folders that a row lies in.
SELECT auction, bidder, price, dateTime, extra, day_of(dateTime) AS day, minute_of(dateTime) AS minute FROM bid
