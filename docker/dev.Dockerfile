# The page with hot reload, for development only.
# check=error=true
FROM node:22.21.1-bookworm-slim
WORKDIR /app/frontend
RUN chown node:node /app/frontend
USER 1000:1000
COPY --chown=node:node frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY --chown=node:node frontend/ ./
EXPOSE 5173
CMD ["npm", "run", "dev", "--", "--host", "0.0.0.0"]
