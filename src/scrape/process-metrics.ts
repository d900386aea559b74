import { readdirSync, readFileSync } from 'node:fs';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * Registers what Prometheus client libraries tell of a process, and the cheap part of what prom-client tells of
 * Node.js. prom-client's own defaults cost more than the rest of a scrape together: one of them keeps a timer running,
 * and its `nodejs_active_*_total` are gauges with the name of counters.
 */
export function registerProcessMetrics(registry: Registry): void {
  registerCpu(registry);
  const { version } = process;
  const [major, minor, patch] = version.slice(1).split('.');
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Node.js version info.',
    labelNames: ['version', 'major', 'minor', 'patch'],
    registers: [registry],
  }).set({ version, major: major ?? '', minor: minor ?? '', patch: patch ?? '' }, 1);
  gauge(registry, 'process_start_time_seconds', 'Start time of the process since unix epoch in seconds.').set(
    Date.now() / 1000 - process.uptime(),
  );
  let memory = process.memoryUsage();
  read(registry, 'process_resident_memory_bytes', 'Resident memory size in bytes.', () => {
    memory = process.memoryUsage();
    return memory.rss;
  });
  read(registry, 'nodejs_heap_size_total_bytes', 'Size of the heap of Node.js in bytes.', () => memory.heapTotal);
  read(registry, 'nodejs_heap_size_used_bytes', 'Part of the heap of Node.js in use, in bytes.', () => memory.heapUsed);
  read(registry, 'nodejs_external_memory_bytes', 'Memory of Node.js outside its heap in bytes.', () => memory.external);
  registerDescriptors(registry);
}

function registerCpu(registry: Registry): void {
  const last = { user: 0, system: 0 };
  const registers = [registry];
  const user = new Counter({
    name: 'process_cpu_user_seconds_total',
    help: 'User CPU time spent in seconds.',
    registers,
    // One reading for all three, so that they agree; taken by the first of them, since the others are printed after it.
    collect: () => {
      const now = process.cpuUsage();
      const seconds = { user: (now.user - last.user) / 1e6, system: (now.system - last.system) / 1e6 };
      Object.assign(last, now);
      user.inc(seconds.user);
      system.inc(seconds.system);
      total.inc(seconds.user + seconds.system);
    },
  });
  const system = new Counter({
    name: 'process_cpu_system_seconds_total',
    help: 'System CPU time spent in seconds.',
    registers,
  });
  const total = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
  });
}

function registerDescriptors(registry: Registry): void {
  const limit = maxOpenDescriptors();
  // Without /proc, as on macOS, these two are absent, as they are in other client libraries.
  if (limit === undefined) return;
  gauge(registry, 'process_max_fds', 'Maximum number of open file descriptors.').set(limit);
  read(registry, 'process_open_fds', 'Number of open file descriptors.', () => readdirSync('/proc/self/fd').length - 1);
}

function maxOpenDescriptors(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

function gauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [registry] });
}

function read(registry: Registry, name: string, help: string, value: () => number): void {
  const metric = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(value());
    },
  });
  registry.registerMetric(metric);
}
