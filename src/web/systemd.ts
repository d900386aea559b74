import { ConfigurationError } from '../config/configuration-error.ts';

// systemd hands over its sockets as descriptors from 3 on; source: sd_listen_fds(3).
const FIRST_DESCRIPTOR = 3;
// Far more than addresses that anybody listens on: a larger number is not systemd's.
const MAX_DESCRIPTORS = 1_000;

/**
 * The descriptors of the sockets that systemd has opened for this process.
 * @param env holds `LISTEN_PID` and `LISTEN_FDS`.
 * @throws ConfigurationError if it has opened none, or not for this process.
 */
export function systemdDescriptors(env: Readonly<Record<string, string | undefined>>, pid: number): readonly number[] {
  const count = Number(env['LISTEN_FDS']);
  if (env['LISTEN_PID'] === String(pid) && Number.isInteger(count) && count > 0 && count <= MAX_DESCRIPTORS) {
    return Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
  }
  throw new ConfigurationError([
    '--web.systemd-socket: expected sockets from systemd (LISTEN_PID, LISTEN_FDS), got none: start by a .socket unit',
  ]);
}
