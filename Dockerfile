# syntax=docker/dockerfile:1
# One image for every process; docker-compose.yml says which one a container runs.

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# What the processes need at run time. The servers that `npm start` brings along are development dependencies,
# and Node is the image's own.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-*

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npx buf generate && node stack/bundle.ts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/generated generated
COPY package.json ./
COPY contracts contracts
COPY platform platform
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
