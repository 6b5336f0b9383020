/** What a track moves on: coordinates, and metres between them. */
export interface Surface {
  /** The place so many metres along both axes from x, y, into `to`. */
  move(x: number, y: number, east: number, north: number, to: Float64Array): void;
  /** The metres along both axes from one place to another, into `to`. */
  between(x: number, y: number, toX: number, toY: number, to: Float64Array): void;
}

/** Coordinates in metres. */
export const plane: Surface = {
  move(x, y, east, north, to) {
    to[0] = x + east;
    to[1] = y + north;
  },
  between(x, y, toX, toY, to) {
    to[0] = toX - x;
    to[1] = toY - y;
  },
};

/** Metres of a degree of latitude; of the mean earth, 6371 km. */
const DEGREE = (Math.PI / 180) * 6_371_000;
/** At the poles a degree of longitude is this much of one of latitude at least, so that there is a scale. */
const POLE = 1e-6;

/** Longitude x and latitude y in degrees, with the scale of the latitude that is gone from: a flat map of the surroundings. */
export const sphere: Surface = {
  move(x, y, east, north, to) {
    to[0] = around(x + east / (DEGREE * scaleAt(y)));
    to[1] = Math.max(-90, Math.min(90, y + north / DEGREE));
  },
  between(x, y, toX, toY, to) {
    to[0] = around(toX - x) * DEGREE * scaleAt(y);
    to[1] = (toY - y) * DEGREE;
  },
};

function scaleAt(latitude: number): number {
  return Math.max(POLE, Math.cos((latitude * Math.PI) / 180));
}

/** A longitude, or a difference of two, from −180 to 180. */
function around(degrees: number): number {
  if (degrees >= -180 && degrees < 180) return degrees;
  const turned = (((degrees + 180) % 360) + 360) % 360;
  return turned - 180;
}
