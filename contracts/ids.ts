/** `.` and `..` are steps in a path: clients take them out before they send it. No name is of dots alone. */
const notDots = String.raw`(?!\.+$)`

const maxLength = 64

/** The ids of customers, addresses and users, as they stand in paths, accounts and workflow filters. */
export const idForm = new RegExp(`^${notDots}[A-Za-z0-9._-]{1,${maxLength}}$`)
export const idInWords = `1 to ${maxLength} letters, digits, dots, underscores or hyphens, not dots alone`
export const isId = (text: string): boolean => idForm.test(text)

/** The ids of products: the sellers' own, such as `BAG/RED M`; in a path they are percent-encoded. */
export const productIdForm = new RegExp(
  String.raw`^${notDots}[\x21-\x7e]([\x20-\x7e]{0,${maxLength - 2}}[\x21-\x7e])?$`,
)
export const productIdInWords = `1 to ${maxLength} printable ASCII characters, no space at the ends, not dots alone`
export const isProductId = (text: string): boolean => productIdForm.test(text)

const maxWarehouseIdLength = 32
export const warehouseIdForm = new RegExp(`^[a-z0-9-]{1,${maxWarehouseIdLength}}$`)
export const warehouseIdInWords = `1 to ${maxWarehouseIdLength} lower-case letters, digits or hyphens`
export const isWarehouseId = (text: string): boolean => warehouseIdForm.test(text)
