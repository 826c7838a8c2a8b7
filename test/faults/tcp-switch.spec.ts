import { expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TcpSwitch } from './tcp-switch.js';

/** A server that answers each message with its name before it. */
async function namedServer(name: string) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (message: Buffer) => {
      heard.push(String(message));
      server.emit('heard');
      socket.write(`${name}:${String(message)}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, heard, server };
}

async function answer(client: Socket, message: string): Promise<string> {
  const answered = once(client, 'data');
  client.write(message);
  const [data] = (await answered) as [Buffer];
  return String(data);
}

function dial(tcpSwitch: TcpSwitch): Socket {
  const url = new URL(tcpSwitch.address('postgresql://x@elsewhere:1/db'));
  const client = connect(Number(url.port), url.hostname);
  client.on('error', () => {});
  return client;
}

it('loses answers but no questions, and turns to another server', async () => {
  const [first, second] = [await namedServer('a'), await namedServer('b')];
  const tcpSwitch = await TcpSwitch.open(first.port);
  const client = dial(tcpSwitch);
  expect(await answer(client, '1')).toBe('a:1');

  const hangUp = tcpSwitch.cutAnswers();
  let answers = 0;
  client.on('data', () => (answers += 1));
  const heard = once(first.server, 'heard');
  client.write('2');
  await heard;
  const closed = once(client, 'close');
  hangUp();
  await closed;
  expect({ heard: first.heard, answers }).toEqual({
    heard: ['1', '2'],
    answers: 0,
  });

  tcpSwitch.turnTo(second.port);
  const again = dial(tcpSwitch);
  expect(await answer(again, '3')).toBe('b:3');
  await tcpSwitch.close();
  first.server.close();
  second.server.close();
});
