# Both bases are pinned by tag. A digest behind the tag pins them harder; add it where you build for yourself:
#   docker buildx imagetools inspect gcr.io/distroless/nodejs24-debian12:nonroot

# What is built is JavaScript and the same on every platform, so the build runs on the builder's own and needs no emulation.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24.9.0-bookworm-slim AS build
WORKDIR /src

# The version stands in package.json. It is an argument as well because a label cannot be read from a file; one that
# disagrees ends the build at once.
COPY package.json package-lock.json .npmrc ./
ARG VERSION=0.1.0
RUN node -e 'const { version } = require("./package.json"); if (version !== process.argv[1]) throw new Error("VERSION is not " + version)' "$VERSION"

# Dependencies change less often than code: they keep a layer of their own. Their install scripts never run.
RUN npm ci --ignore-scripts

# The build bundles what it needs of the dependencies: dist/ runs without node_modules.
COPY tsconfig.json ./
COPY scripts/build.ts ./scripts/
COPY src ./src
ARG REVISION=unknown
RUN REVISION="$REVISION" npm run build && npm pkg delete dependencies devDependencies scripts files

# No shell, no package manager, nothing but Node.js and its libraries.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="TheDex Exporter" \
      org.opencontainers.image.description="Prometheus exporter for the balances of TheDex, a crypto payment gateway" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

# Owned by root and not writable for the user below, also where the root file system is not read-only.
COPY LICENSE /app/LICENSE
COPY --from=build /src/package.json /app/package.json
COPY --from=build /src/dist /app/dist
# What `thedex-exporter export` writes, as it stands in this project.
COPY .env compose.yaml prometheus.yml /app/
COPY alerts /app/alerts
COPY compose /app/compose
COPY examples /app/examples
COPY grafana /app/grafana
COPY systemd /app/systemd

ENV NODE_ENV=production
# A number, because Kubernetes cannot tell from a name that it is not root (runAsNonRoot).
USER 65532:65532
EXPOSE 10055
STOPSIGNAL SIGTERM
# It reads the listen address and the web configuration from the environment, where a container should set them: flags
# after the image's name are not seen here.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/nodejs/bin/node", "/app/dist/main.js", "healthcheck"]
# The young generation of Node.js 24 would grow to 64 MiB under load, a quarter of a small container's memory, and gain nothing.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/dist/main.js"]
