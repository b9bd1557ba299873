export default async function stopServers() {
  await globalThis.orderSagaTestServers?.stop()
}
