// Package oapi is the server side of openapi.yaml: types, router and strict handler interface. Everything but this
// file is generated; change openapi.yaml and run `make generate`.
package oapi

//go:generate go tool -modfile=../../../tools/go.mod oapi-codegen -config config.yaml ../../../openapi.yaml
