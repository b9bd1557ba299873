// Services that know everything: each call gets an answer with every field filled.
import {
  create,
  type DescField,
  type DescMessage,
  type DescService,
  type MessageInitShape,
  ScalarType,
} from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'

/** What a text field says, by the field's name; others say '1'. */
export type Said = Record<string, string>

/** Every method of a service; `heard` is told the method's name at each call. */
export function samples<S extends DescService>(
  service: S,
  said: Said,
  heard: (method: string) => void,
): ServiceImpl<S> {
  const methods = service.methods.map(({ localName, output }) => [
    localName,
    () => {
      heard(localName)
      return create(output, sample(output, said))
    },
  ])
  return Object.fromEntries(methods) as ServiceImpl<S>
}

const sample = (message: DescMessage, said: Said): MessageInitShape<DescMessage> =>
  Object.fromEntries(message.fields.map((field) => [field.localName, valueOf(field, said)]))

function valueOf(field: DescField, said: Said): unknown {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarOf(field.scalar, said[field.localName])
    case 'message':
      return sample(field.message, said)
    case 'enum':
      return field.enum.values[0]?.number
    case 'list':
      // Half of a table is refused; here every database answers.
      if (field.listKind === 'message' && field.message.name === 'MissingShard') return []
      if (field.listKind === 'message') return [sample(field.message, said)]
      return field.listKind === 'scalar' ? [scalarOf(field.scalar, said[field.localName])] : []
    case 'map':
      return {}
  }
}

function scalarOf(type: ScalarType, said = '1'): unknown {
  switch (type) {
    case ScalarType.STRING:
      return said
    case ScalarType.BYTES:
      return new Uint8Array([1])
    case ScalarType.BOOL:
      return true
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1n
    default:
      return 1
  }
}
