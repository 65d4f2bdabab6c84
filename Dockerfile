# The page, then the program, then only what runs. Its database is another container (compose.yaml).
FROM node:22-bookworm-slim AS web
WORKDIR /source/web
COPY web/package.json web/package-lock.json ./
RUN npm ci
COPY web ./
RUN npm run build

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src src
COPY db db
RUN dotnet publish src/Parley.Server -c Release -o /app
COPY --from=web /source/artifacts/web /app/web

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && mkdir /data && chown app:app /data
WORKDIR /app
COPY --from=build /app .
USER app
ENV PARLEY_URLS=http://0.0.0.0:8000 PARLEY_DATA=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["curl", "-fsS", "http://127.0.0.1:8000/health/ready"]
ENTRYPOINT ["dotnet", "parley.dll"]
CMD ["serve"]
