import { expect, test } from '@jest/globals'
import type { Customer } from '#contracts/customer.ts'
import { aCustomer, anAddress } from '../fixtures.ts'
import { changeProblems, customerProblems } from './rules.ts'

const problemsOf = (part: Partial<Customer>) => customerProblems([{ ...aCustomer('17850'), ...part }])

test('has nothing against a customer as they are', () => {
  const addresses = [
    anAddress(),
    { ...anAddress('pole'), postcode: '', latitude: -90, longitude: 180 },
    anAddress('work'),
  ]
  expect(problemsOf({ name: 'Zoë Müller-O’Neill', phone: '', addresses })).toStrictEqual([])
})

test('names the field of each thing that is wrong', () => {
  expect(problemsOf({ customerId: 'a/b', name: '', email: 'nobody' })).toStrictEqual([
    'customers[0].customer_id: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'customers[0].name: must be 1 to 200 characters',
    'customers[0].email: must be an e-mail address such as name@example.com',
  ])
  const lost = { ...anAddress('a b'), latitude: 90.1, longitude: Number.NaN }
  expect(problemsOf({ addresses: [anAddress(), lost] })).toStrictEqual([
    'customers[0].addresses[1].address_id: must be 1 to 64 letters, digits, dots, underscores or hyphens, not dots alone',
    'customers[0].addresses[1].latitude: must be from -90 to 90 degrees',
    'customers[0].addresses[1].longitude: must be from -180 to 180 degrees',
  ])
  expect(problemsOf({ phone: 'a\u0000b' })).toStrictEqual([
    'customers[0].phone: must not have control characters, line breaks or broken characters',
  ])
})

test('wants 1 to 20 addresses, each with an id of its own', () => {
  const many = Array.from({ length: 21 }, (_, i) => anAddress(String(i)))
  for (const addresses of [[], many])
    expect(problemsOf({ addresses })).toStrictEqual(['customers[0].addresses: must be 1 to 20'])
  expect(problemsOf({ addresses: [anAddress(), anAddress()] })).toStrictEqual([
    'customers[0].addresses[1].address_id: home is duplicated',
  ])
})

test('of changes looks at what is given alone', () => {
  expect(changeProblems({})).toStrictEqual([])
  expect(changeProblems({ email: 'nobody', addresses: [] })).toStrictEqual([
    'email: must be an e-mail address such as name@example.com',
    'addresses: must be 1 to 20',
  ])
})

test('refuses a customer who is duplicated, and more than 500', () => {
  expect(customerProblems([aCustomer('1'), aCustomer('2'), aCustomer('1')])).toStrictEqual([
    'customers[2].customer_id: 1 is duplicated',
  ])
  const crowd = Array.from({ length: 501 }, (_, i) => aCustomer(String(i)))
  expect(customerProblems(crowd)).toStrictEqual(['customers: must be at most 500 in one request'])
})
