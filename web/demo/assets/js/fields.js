// The objects of the universal model as this product shows them: `columns` are edited in the list, `more` below a row.
// A field is [key, label, kind, hint]; kind is an input type, or "integer" or "decimal".

const address = (prefix) => [
  [`${prefix}_address_street`, "Street", "text"],
  [`${prefix}_address_postal`, "Postal code", "text"],
  [`${prefix}_address_city`, "City", "text"],
  [`${prefix}_address_state`, "State", "text"],
  [`${prefix}_address_country`, "Country", "text"],
];

export const objects = {
  contact: {
    tab: "Contacts",
    one: "contact",
    name: (f) => [f.contact_first_name, f.contact_last_name].filter(Boolean).join(" "),
    about: (f) => f.contact_company,
    columns: [
      ["contact_email", "Email", "email"],
      ["contact_phone", "Phone", "tel"],
      ["contact_title", "Title", "text"],
    ],
    more: [
      ["contact_first_name", "First name", "text"],
      ["contact_last_name", "Last name", "text"],
      ["contact_company", "Company", "text"],
      ["contact_company_id", "Company record", "text", "Id of a company in Ledgerline; send that company first."],
      ["contact_website", "Website", "url"],
      ...address("contact"),
      ["ledgerline_plan", "Plan", "text", "Ledgerline's own field; no CRM has it unless somebody maps it."],
    ],
  },
  company: {
    tab: "Companies",
    one: "company",
    name: (f) => f.company_name,
    about: (f) => f.company_industry,
    columns: [
      ["company_domain", "Domain", "text"],
      ["company_phone", "Phone", "tel"],
      ["company_employees", "Employees", "integer"],
    ],
    more: [
      ["company_name", "Name", "text"],
      ["company_website", "Website", "url"],
      ["company_industry", "Industry", "text"],
      ...address("company"),
    ],
  },
  deal: {
    tab: "Deals",
    one: "deal",
    name: (f) => f.deal_name,
    about: (f) => [f.deal_amount, f.deal_currency].filter(Boolean).join(" "),
    columns: [
      ["deal_amount", "Amount", "decimal"],
      ["deal_stage", "Stage", "text", "Each CRM has stages of its own; write the name or id that yours uses."],
      ["deal_close_date", "Close date", "date"],
    ],
    more: [
      ["deal_name", "Name", "text"],
      ["deal_currency", "Currency", "text", "Three letters, such as USD."],
      ["deal_probability", "Probability (%)", "integer"],
      ["deal_contact", "Contact", "text", "Id of a contact in Ledgerline; send that contact first."],
      ["deal_company", "Company", "text", "Id of a company in Ledgerline; send that company first."],
    ],
  },
};

const labels = new Map(Object.values(objects).flatMap((o) => [...o.columns, ...o.more].map(([key, label]) => [key, label])));

/** labelOf is a field's name for a person; a key that this product does not know stays as it is. */
export const labelOf = (key) => labels.get(key) || key;

/** isField tells whether a key is a field of this product. */
export const isField = (key) => labels.has(key);

/** kindOf is a field's kind, "text" where it is not known. */
export function kindOf(object, key) {
  const found = [...objects[object].columns, ...objects[object].more].find(([k]) => k === key);
  return found ? found[2] : "text";
}
