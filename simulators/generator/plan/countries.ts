import type { Place } from '#contracts/customer.ts'

export type Capital = Place & { city: string }

const at = (city: string, latitude: number, longitude: number): Capital => ({ city, latitude, longitude })

/** Where the log's countries get their parcels: in their capitals. "Unspecified" has none. */
const capitals: Readonly<Record<string, Capital>> = {
  Australia: at('Canberra', -35.28, 149.13),
  Austria: at('Vienna', 48.21, 16.37),
  Bahrain: at('Manama', 26.23, 50.59),
  Belgium: at('Brussels', 50.85, 4.35),
  Brazil: at('Brasilia', -15.79, -47.88),
  Canada: at('Ottawa', 45.42, -75.7),
  'Channel Islands': at('Saint Helier', 49.19, -2.11),
  Cyprus: at('Nicosia', 35.19, 33.38),
  'Czech Republic': at('Prague', 50.08, 14.44),
  Denmark: at('Copenhagen', 55.68, 12.57),
  EIRE: at('Dublin', 53.35, -6.26),
  'European Community': at('Brussels', 50.85, 4.35),
  Finland: at('Helsinki', 60.17, 24.94),
  France: at('Paris', 48.86, 2.35),
  Germany: at('Berlin', 52.52, 13.41),
  Greece: at('Athens', 37.98, 23.73),
  'Hong Kong': at('Hong Kong', 22.32, 114.17),
  Iceland: at('Reykjavik', 64.15, -21.94),
  Israel: at('Jerusalem', 31.77, 35.22),
  Italy: at('Rome', 41.9, 12.5),
  Japan: at('Tokyo', 35.68, 139.69),
  Lebanon: at('Beirut', 33.89, 35.5),
  Lithuania: at('Vilnius', 54.69, 25.28),
  Malta: at('Valletta', 35.9, 14.51),
  Netherlands: at('Amsterdam', 52.37, 4.9),
  Norway: at('Oslo', 59.91, 10.75),
  Poland: at('Warsaw', 52.23, 21.01),
  Portugal: at('Lisbon', 38.72, -9.14),
  RSA: at('Pretoria', -25.75, 28.19),
  'Saudi Arabia': at('Riyadh', 24.71, 46.68),
  Singapore: at('Singapore', 1.35, 103.82),
  Spain: at('Madrid', 40.42, -3.7),
  Sweden: at('Stockholm', 59.33, 18.07),
  Switzerland: at('Bern', 46.95, 7.45),
  USA: at('Washington', 38.91, -77.04),
  'United Arab Emirates': at('Abu Dhabi', 24.45, 54.38),
  'United Kingdom': at('London', 51.51, -0.13),
}

const byPlainName = new Map(Object.keys(capitals).map((name) => [name.toLowerCase(), name]))

/** As the list writes it, whatever the capitals; undefined for a country that is not on it. */
export const canonicalCountry = (country: string): string | undefined =>
  byPlainName.get(country.toLowerCase())

export const capitalOf = (country: string): Capital | undefined =>
  Object.hasOwn(capitals, country) ? capitals[country] : undefined
