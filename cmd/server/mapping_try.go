package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"sendtocrm/internal/mapping"
)

type tryCommand struct {
	Connector  string `required:"" help:"The connector's id, such as hubspot."`
	Object     string `required:"" help:"contact, company or deal."`
	Definition string `help:"A definition file; without it the shipped one." placeholder:"FILE"`
	Schema     string `help:"The action's request schema, a JSON file, as GET /v1/connectors/{connector}/actions/{action} shows it under requestBody." placeholder:"FILE"`
	HostFields string `help:"The YAML file with the platform's own fields." env:"HOST_FIELDS" placeholder:"FILE"`
	Update     bool   `help:"As an update, not a create."`
	Back       bool   `help:"The other way round: the file is the CRM's record, and the outcome is the platform's fields."`
	JSON       bool   `name:"json" help:"Print the outcome alone."`
	Record     string `arg:"" help:"The record: a JSON file with its fields, or with id and fields; - reads the standard input."`
}

// maxRecord bounds a record's file in bytes.
const maxRecord = 1 << 20

// Run maps the record. A record that cannot be sent is a failure.
func (t tryCommand) Run(out console) error {
	catalogue, err := readCatalogue(t.HostFields)
	if err != nil {
		return err
	}
	definition, err := definitionFor(t.Connector, t.Definition, catalogue)
	if err != nil {
		return err
	}
	object, ok := definition.Objects[t.Object]
	if !ok {
		return usage{fmt.Errorf("the definition of %s has no %q; it has %s", definition.Name, t.Object, strings.Join(slices.Sorted(maps.Keys(definition.Objects)), ", "))}
	}
	mapper, err := t.mapper(object)
	if err != nil {
		return err
	}
	raw, err := readAll(t.Record)
	if err != nil {
		return err
	}
	if t.Back {
		return t.backward(out.out, mapper, raw)
	}
	return t.forward(out.out, mapper, raw)
}

func (t tryCommand) mapper(object *mapping.Object) (*mapping.Mapper, error) {
	var schema *mapping.Schema
	if t.Schema != "" {
		raw, err := readAll(t.Schema)
		if err != nil {
			return nil, err
		}
		if schema, err = mapping.ParseSchema(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Schema, err)
		}
	}
	return object.Compile(schema)
}

func readAll(file string) (json.RawMessage, error) {
	var from io.Reader = os.Stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, errors.New(reason(err))
		}
		defer opened.Close() //nolint:errcheck // opened for reading
		from = opened
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxRecord+1))
	switch {
	case err != nil:
		return nil, errors.New(reason(err))
	case len(raw) > maxRecord:
		return nil, fmt.Errorf("%s: larger than %d bytes", file, maxRecord)
	case !json.Valid(raw):
		return nil, fmt.Errorf("%s: not valid JSON", file)
	}
	return raw, nil
}

func (t tryCommand) forward(out io.Writer, mapper *mapping.Mapper, raw json.RawMessage) error {
	id, fields, err := readRecord(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Record, err)
	}
	in := mapping.Input{RecordID: id, Fields: fields, Operation: mapping.Create, Refs: map[string]string{}}
	if t.Update {
		in.Operation = mapping.Update
	}
	// The CRM's ids of other records are known to the service alone: here they are made up.
	for i, reference := range mapper.References() {
		in.Refs[reference.From] = strconv.Itoa(madeUpID + i)
	}
	result := mapper.Forward(in)
	if err := indented(out, result.Body(nil)); err != nil {
		return err
	}
	if !t.JSON {
		explain(out, mapper, in, result)
	}
	if !result.Sendable() {
		return errors.New("this record cannot be sent")
	}
	return nil
}

// madeUpID is the first of the ids that stand for those of other CRM records.
const madeUpID = 1001

// readRecord takes a record as the API does, or its fields alone.
func readRecord(raw json.RawMessage) (id string, fields mapping.Fields, err error) {
	whole, err := mapping.DecodeFields(raw)
	if err != nil {
		return "", nil, err
	}
	if inner, ok := whole["fields"].(map[string]any); ok {
		id, _ = whole["id"].(string)
		return id, inner, nil
	}
	return "", whole, nil
}

func indented(out io.Writer, raw json.RawMessage) error {
	var text bytes.Buffer
	if err := json.Indent(&text, raw, "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, text.String())
	return err
}

// explain says where each field comes from, what is left out and why, and what is wrong.
func explain(out io.Writer, mapper *mapping.Mapper, in mapping.Input, result *mapping.Result) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	heading := func(text string, there bool) {
		if there {
			fmt.Fprintf(table, "\n%s\n", text)
		}
	}
	heading("Sent", len(result.Values) > 0)
	for _, v := range result.Values {
		how := v.Transform
		if v.Expr != "" {
			how = "expr"
		}
		fmt.Fprintf(table, "  %s\t<- %s\t%s\t%s\n", v.To, strings.Join(v.From, ", "), how, v.JSON)
	}
	omitted := mapper.Omitted(in, result)
	if slices.ContainsFunc(mapper.References(), func(r mapping.Reference) bool { return in.Fields[r.From] != nil }) {
		fmt.Fprintf(table, "\n  ids from %d on stand for other records, whose ids in the CRM are known to the service\n", madeUpID)
	}
	heading("Left out", len(omitted) > 0)
	for _, o := range omitted {
		fmt.Fprintf(table, "  %s\t%s\n", o.To, o.Message)
	}
	heading("Problems", len(result.Issues) > 0)
	for _, issue := range result.Issues {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", issue.Severity, issue.Code, issue.Message)
	}
	heading("Read by no rule", len(result.Unmapped) > 0)
	for _, name := range result.Unmapped {
		fmt.Fprintf(table, "  %s\n", name)
	}
	_ = table.Flush()
}

func (t tryCommand) backward(out io.Writer, mapper *mapping.Mapper, raw json.RawMessage) error {
	fields, issues := mapper.Backward(raw, nil)
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if err := indented(out, text); err != nil || t.JSON {
		return err
	}
	for _, issue := range issues {
		if _, err := fmt.Fprintf(out, "%s: %s\n", issue.Severity, issue.Message); err != nil {
			return err
		}
	}
	return nil
}
