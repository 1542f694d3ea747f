# One static binary on an empty base, as a user without rights.
FROM golang:1.26-alpine AS build
RUN apk add --no-cache ca-certificates tzdata
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /server ./cmd/server && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /server /server
# For the demo, which keeps its keys there; the service itself writes nothing.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
EXPOSE 8080
# The operator's listener stays on loopback unless ADMIN_ADDR says otherwise.
HEALTHCHECK --interval=10s --timeout=4s --start-period=10s --retries=3 CMD ["/server", "health"]
ENTRYPOINT ["/server"]
CMD ["serve"]
