// Package client calls Send to CRM from another Go service: [NewClientWithResponses] with a [RequestEditorFn] that adds
// the service key and X-User-Id. It is written by oapi-codegen from openapi.yaml, this file aside: `make generate`.
package client

//go:generate go tool -modfile=../tools/go.mod oapi-codegen -config config.yaml ../openapi.yaml
