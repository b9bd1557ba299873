import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Customer, customerProblems } from './rules.ts'
import { aCustomer } from './testing.ts'

const problemsOf = (part: Partial<Customer>) => customerProblems([{ ...aCustomer('17850'), ...part }])

test('has nothing against a customer as they are', () => {
  assert.deepEqual(problemsOf({ name: 'Zoë Müller-O’Neill', place: { latitude: -90, longitude: 180 } }), [])
})

test('names the field of each thing that is wrong', () => {
  assert.deepEqual(problemsOf({ customerId: 'a/b', name: '', email: 'nobody' }), [
    'customers[0].customer_id: must be 1 to 64 letters, digits, dots, underscores or hyphens',
    'customers[0].name: must be 1 to 200 printable characters',
    'customers[0].email: must look like name@example.com',
  ])
  assert.deepEqual(problemsOf({ place: { latitude: 90.1, longitude: Number.NaN } }), [
    'customers[0].address.latitude: must be from -90 to 90 degrees',
    'customers[0].address.longitude: must be from -180 to 180 degrees',
  ])
  assert.match(problemsOf({ phone: 'a\u0000b' })[0] ?? '', /^customers\[0\]\.phone/)
})

test('refuses a customer who is there twice, and more than 500', () => {
  assert.deepEqual(customerProblems([aCustomer('1'), aCustomer('2'), aCustomer('1')]), [
    'customers[2].customer_id: 1 is there twice',
  ])
  const crowd = Array.from({ length: 501 }, (_, i) => aCustomer(String(i)))
  assert.deepEqual(customerProblems(crowd), ['customers: must be at most 500 in one request'])
})
