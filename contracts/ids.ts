/** `.` and `..` are steps in a path: clients take them out before they send it. No name is of dots alone. */
const notDots = String.raw`(?!\.+$)`

/** The ids of customers, addresses and users, as they stand in paths, accounts and workflow filters. */
export const idForm = new RegExp(`^${notDots}[A-Za-z0-9._-]{1,64}$`)
export const idInWords = '1 to 64 letters, digits, dots, underscores or hyphens, not dots alone'
export const isId = (text: string): boolean => idForm.test(text)

/** The ids of products: the sellers' own, such as `BAG/RED M`; in a path they are percent-encoded. */
export const productIdForm = new RegExp(String.raw`^${notDots}[\x21-\x7e]([\x20-\x7e]{0,62}[\x21-\x7e])?$`)
export const productIdInWords = '1 to 64 printable ASCII characters, no space at the ends, not dots alone'
export const isProductId = (text: string): boolean => productIdForm.test(text)

export const warehouseIdForm = /^[a-z0-9-]{1,32}$/
export const warehouseIdInWords = '1 to 32 lower-case letters, digits or hyphens'
export const isWarehouseId = (text: string): boolean => warehouseIdForm.test(text)
