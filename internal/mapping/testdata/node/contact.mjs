// The yardstick of BenchmarkAgainstNode: what Alloy's CRM Data Sync guide does with a contact for HubSpot, as a small
// JavaScript program: parse, rename, drop what is empty, stringify. It reads numbers of rounds, one a line, and answers
// each with the nanoseconds that they took and the length of the last outcome.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'

const names = new Map(Object.entries({
  contact_email: 'email',
  contact_first_name: 'firstname',
  contact_last_name: 'lastname',
  contact_phone: 'phone',
  contact_company: 'company',
  contact_title: 'jobtitle',
}))

function toHubSpot(text) {
  const properties = {}
  for (const [field, value] of Object.entries(JSON.parse(text))) {
    if (value) properties[names.get(field) ?? field] = value
  }
  return JSON.stringify({ properties })
}

const record = readFileSync(process.argv[2], 'utf8')
for await (const line of createInterface({ input: process.stdin })) {
  const rounds = Number(line)
  let length = 0
  const start = process.hrtime.bigint()
  for (let i = 0; i < rounds; i++) length += toHubSpot(record).length
  const took = process.hrtime.bigint() - start
  console.log(`${took} ${length / rounds}`)
}
