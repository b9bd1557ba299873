import type { Place } from './customer.ts'

const earthRadiusKm = 6_371

/** The great circle between two places, in km (haversine, mean radius of the Earth). */
export function kmBetween(a: Place, b: Place): number {
  const radians = Math.PI / 180
  const halfLatitude = Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2
  const halfLongitude = Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2
  const h = halfLatitude + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * halfLongitude
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)))
}
