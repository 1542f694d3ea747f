// Package client calls Send to CRM from another Go service: [NewClientWithResponses] with a [RequestEditorFn] that adds
// the service key and X-User-Id. Everything but this file is generated from openapi.yaml by `make generate`.
package client

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config config.yaml ../openapi.yaml
