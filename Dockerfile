# One image for every process of Postamt. Its default command is the relay; the CLI is in it too:
#
#   docker build --tag postamt .
#   docker run --rm --env DATABASE_URL postamt
#   docker run --rm --env DATABASE_URL postamt node dist/apps/cli/src/main.js --help

FROM node:24-bookworm-slim AS build
WORKDIR /postamt
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# What is needed at run time are dependencies and peers. The peers are devDependencies as well, for the tests, and
# `npm prune --omit=dev` would take them away with those.
RUN npm run build && npm pkg delete devDependencies && npm prune --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
# Health is asked for from outside of the container, where 127.0.0.1 is another machine.
ENV HOST=0.0.0.0
WORKDIR /postamt
# Owned by root, so that the process cannot change its own code.
COPY --from=build /postamt/package.json ./
COPY --from=build /postamt/node_modules ./node_modules
COPY --from=build /postamt/migrations ./migrations
COPY --from=build /postamt/dist ./dist
USER node
CMD ["node", "dist/apps/relay/src/main.js"]
