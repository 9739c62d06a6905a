# The program and its scenarios. docker build -t forget-me-not .
FROM rust:1.95-slim AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/source/target \
    cargo build --locked --release --package sim --bin forget-me-not && cp target/release/forget-me-not /forget-me-not

FROM debian:stable-slim
RUN useradd --create-home --uid 1000 judge
COPY --from=build /forget-me-not /usr/local/bin/forget-me-not
COPY --chown=judge scenarios /home/judge/scenarios
USER judge
WORKDIR /home/judge
ENTRYPOINT ["forget-me-not"]
