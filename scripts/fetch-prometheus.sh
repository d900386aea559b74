#!/usr/bin/env bash
# Unpacks the newest Prometheus and Alertmanager of Debian's later suites into a folder, so that the rules are tried on
# both: `scripts/fetch-prometheus.sh FOLDER`.
#
# Prints the folder of `prometheus`, `promtool`, `prometheus-alertmanager` and `amtool`. Nothing is installed: lists, cache
# and programs stay in FOLDER. The mirror is the one that this machine's apt has for Debian; exits with 1 and one line where
# there is none.
set -euo pipefail

readonly FOLDER="${1:?usage: fetch-prometheus.sh FOLDER}"
readonly PROGRAMS="$FOLDER/root/usr/bin"
readonly SUITES=(testing unstable)
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { printf 'fetch-prometheus: %s\n' "$*" >&2; exit 1; }

run_all() {
  local program
  for program in prometheus promtool prometheus-alertmanager amtool; do
    "$PROGRAMS/$program" --version >/dev/null 2>&1 || return 1
  done
}

if run_all; then
  printf '%s\n' "$PROGRAMS"
  exit 0
fi
command -v apt-get >/dev/null || fail 'there is no apt-get here'
[[ -r $KEYRING ]] || fail "$KEYRING is missing"

# Debian's own archive is the one that Debian has labelled so; the security archive holds no later suites.
mirror=$(apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
  awk -F'|' '$1 == "Debian" { print $2; exit }')
[[ -n $mirror ]] || fail 'apt knows no mirror of Debian'

mkdir -p "$FOLDER"/{lists/partial,cache/archives/partial,packages,root}
: >"$FOLDER/sources.list"
for suite in "${SUITES[@]}"; do
  printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$mirror" "$suite" >>"$FOLDER/sources.list"
done
apt() {
  apt-get -q=2 -o Dir::Etc::SourceList="$FOLDER/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$FOLDER/lists" -o Dir::Cache="$FOLDER/cache" -o APT::Sandbox::User=root \
    -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=30 "$@"
}
apt update >&2 || fail 'the lists of the later suites cannot be had'
(cd "$FOLDER/packages" && apt download prometheus promtool prometheus-alertmanager >&2) || fail 'the packages cannot be had'
for package in "$FOLDER"/packages/*.deb; do
  dpkg -x "$package" "$FOLDER/root"
done
run_all || fail 'the newer programs do not run here'
printf '%s\n' "$PROGRAMS"
