# docker build -f deploy/docker/proxy.Dockerfile -t rouse-proxy:0.1.0 .
# Node runs the TypeScript as it is, but not below node_modules: workspaces stay links to folders beside it.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/contract/package.json packages/contract/
COPY packages/daemon/package.json packages/daemon/
COPY proxy/package.json proxy/
RUN npm ci --workspace @rouse/proxy --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY packages/contract/src packages/contract/src
COPY packages/daemon/src packages/daemon/src
COPY proxy/src proxy/src
# The image's own user `node`, by number, so that runAsNonRoot can be checked. Nothing is ever written below /app.
USER 1000:1000
EXPOSE 8080 8081
ENTRYPOINT ["node", "proxy/src/main.ts"]
