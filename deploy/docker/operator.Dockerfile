# docker build -f deploy/docker/operator.Dockerfile -t rouse-operator:0.1.0 .
# Node runs the TypeScript as it is, but not below node_modules: workspaces stay links to folders beside it.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/contract/package.json packages/contract/
COPY packages/daemon/package.json packages/daemon/
COPY packages/kube/package.json packages/kube/
COPY operator/package.json operator/
RUN npm ci --workspace @rouse/operator --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY packages/contract/src packages/contract/src
COPY packages/daemon/src packages/daemon/src
COPY packages/kube/src packages/kube/src
COPY operator/src operator/src
# The image's own user `node`, by number, so that runAsNonRoot can be checked. Nothing is ever written below /app.
USER 1000:1000
EXPOSE 9090
ENTRYPOINT ["node", "operator/src/main.ts"]
