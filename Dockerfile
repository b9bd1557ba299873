# syntax=docker/dockerfile:1
# One image for every process; docker-compose.yml says which one a container runs.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# What the processes need at run time. The servers that `npm start` brings along are development dependencies, Node is
# the image's own, and of Temporal's native library one platform's build will do.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts && \
    rm -rf node_modules/node-linux-* && \
    cd node_modules/@temporalio/core-bridge/releases && \
    find . -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + && \
    ls "$(uname -m)-unknown-linux-gnu/index.node"

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN node stack/generate.mjs && node stack/bundle.ts && npx vite build web --logLevel warn

# Node without npm: a container installs nothing.
FROM node:24-slim AS node
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /usr/local/share /opt/yarn* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /root/.npm /tmp/* && \
    install -d -o node -g node /home/node/.local/state

# One layer: what is removed in a later one is still in the image.
FROM scratch
COPY --from=node / /
ENV NODE_ENV=production PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/generated generated
COPY package.json ./
COPY contracts contracts
COPY platform platform
COPY clients clients
COPY workflows workflows
COPY activities activities
COPY services services
COPY workers workers
COPY api api
COPY simulators simulators
COPY audit audit
COPY cli cli
COPY prisma prisma
COPY data data
COPY stack/compose/healthy.mjs stack/compose/healthy.mjs
USER node
CMD ["node", "workers/gateway.ts"]
