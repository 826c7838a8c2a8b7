import { createServer, type AddressInfo } from 'node:net';

/** A port that was free on `host` a moment ago; somebody else may take it before it is used. */
export async function findFreePort(host: string): Promise<number> {
  return listenOnce(host, 0);
}

/** Whether a server can listen on this port now. */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  try {
    await listenOnce(host, port);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const { port: taken } = server.address() as AddressInfo;
      server.close(() => resolve(taken));
    });
  });
}
