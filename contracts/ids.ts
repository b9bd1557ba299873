/** The ids of customers and products, as they stand in paths, accounts and workflow filters. */
export const idForm = /^[A-Za-z0-9._-]{1,64}$/
export const idInWords = '1 to 64 letters, digits, dots, underscores or hyphens'
