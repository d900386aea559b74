import net, { type AddressInfo, type Socket } from 'node:net';
import type { Random } from '../../src/sandbox/random.ts';

/** What the proxy does to a CONNECT. */
const FAULTS = ['silent', '407', 'garbage', 'reset', 'closed'] as const;

/** A CONNECT that went wrong. */
export interface ProxyFault {
  readonly what: (typeof FAULTS)[number];
  readonly startedAt: number;
  /** When the connection ended; `Infinity` until then. */
  endedAt: number;
}

/** A CONNECT proxy that leads everything to one port of loopback, or nowhere. */
export interface ChaosProxy {
  readonly port: number;
  readonly faults: ProxyFault[];
  readonly openSockets: () => number;
  close(): Promise<void>;
}

/** @param faultShare the share of connections that go wrong at the proxy */
export async function startChaosProxy(random: Random, target: number, faultShare: () => number): Promise<ChaosProxy> {
  const faults: ProxyFault[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = net.createServer((socket) => {
    keep(socket);
    socket.once('data', () => {
      if (random() < faultShare()) {
        const what = FAULTS[Math.floor(random() * FAULTS.length)] ?? 'silent';
        const fault: ProxyFault = { what, startedAt: performance.now(), endedAt: Infinity };
        faults.push(fault);
        socket.on('close', () => (fault.endedAt = performance.now()));
        play(socket, what);
        return;
      }
      const onward = net.connect({ host: '127.0.0.1', port: target }, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      keep(onward);
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    faults,
    openSockets: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function play(socket: Socket, what: (typeof FAULTS)[number]): void {
  if (what === '407') socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  else if (what === 'garbage') socket.end('no proxy at all\r\n');
  else if (what === 'reset') socket.resetAndDestroy();
  else if (what === 'closed') socket.end();
}
