// The customers that come with the demo. Values are strings, as they are typed; a key that is not there was never filled in.

const contacts = [
  ["cust_101", "John", "Doe", "john.doe@acme.com", "+1 (555) 123-4567", "Acme Corp", "Sales Manager", {
    contact_website: "https://acme.com", ledgerline_plan: "Team" }],
  ["cust_102", "Sarah", "Jones", "sarah.jones@techcorp.com", "+1 (555) 987-6543", "TechCorp", "VP of Sales", {
    contact_address_city: "San Francisco", contact_address_state: "CA" }],
  ["cust_103", "Mike", "Chen", "mike.chen@innovate.io", "+1 (555) 234-5678", "Innovate", "Director of Engineering", {
    contact_address_city: "Seattle", contact_address_state: "WA" }],
  ["cust_104", "Lisa", "Rodriguez", "lisa.rodriguez@globalco.com", "+1 (555) 345-6789", "GlobalCo", "Product Manager", {
    ledgerline_plan: "Business" }],
  ["cust_105", "Accounts", "Payable", "payables@example.com", "+1 (555) 010-0105", "Example Manufacturing", "Accounts payable", {
    contact_address_street: "1 Example Street", contact_address_postal: "10001", contact_address_city: "New York",
    contact_address_state: "NY", contact_address_country: "United States" }],
  ["cust_106", "Front", "Desk", "hello@example.org", "+44 20 7946 0106", "Example Hotel", "Front desk", {
    contact_address_city: "London", contact_address_country: "United Kingdom" }],
  ["cust_107", "Purchasing", "", "purchasing@example.net", "", "Example Logistics", "Purchasing", {}],
  ["cust_108", "Customer", "Support", "support@", "+49 30 0108", "Example Software", "Support lead", {}],
].map(([id, first, last, email, phone, company, title, more]) => ({
  object: "contact", id,
  fields: {
    contact_email: email, contact_first_name: first, contact_last_name: last, contact_phone: phone,
    contact_company: company, contact_title: title, ...more,
  },
}));

const companies = [
  ["comp_201", "Acme Corp", "acme.com", "+1 (555) 123-4000", "Manufacturing", "250"],
  ["comp_202", "TechCorp", "techcorp.com", "+1 (555) 987-6000", "Technology", "1200"],
  ["comp_203", "Innovate", "innovate.io", "+1 (555) 234-5000", "Software", "40"],
  ["comp_204", "GlobalCo", "globalco.com", "+1 (555) 345-6000", "Consumer goods", "8000"],
].map(([id, name, domain, phone, industry, employees]) => ({
  object: "company", id,
  fields: {
    company_name: name, company_domain: domain, company_website: `https://${domain}`, company_phone: phone,
    company_industry: industry, company_employees: employees,
  },
}));

const deals = [
  ["deal_301", "Q4 Enterprise Contract", "75000", "negotiation", "2026-12-31", "60", "cust_102", "comp_202"],
  ["deal_302", "Enterprise Platform Migration", "125000", "Proposal/Price Quote", "2026-11-30", "60", "cust_103", "comp_203"],
  ["deal_303", "Annual Subscription Renewal", "45000", "Negotiation/Review", "2026-12-31", "80", "cust_104", "comp_204"],
].map(([id, name, amount, stage, close, probability, contact, company]) => ({
  object: "deal", id,
  fields: {
    deal_name: name, deal_amount: amount, deal_currency: "USD", deal_stage: stage, deal_close_date: close,
    deal_probability: probability, deal_contact: contact, deal_company: company,
  },
}));

export const samples = [...contacts, ...companies, ...deals].map(({ object, id, fields }) => ({
  object, id, fields: Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== "")),
}));
