// An implementation of pith-open-graph-merge-v1 that is not written yet.
//
// It speaks version 2 of the conformance protocol, and refuses whatever it is asked:
//
//	go build -o stub stub.go
//	pithmerge conform smoke --impl ./stub
//
// Write canonicalize first, by SPEC.md 1. Traps: encoding/json matches the members of structs in
// any case, takes repeated members and lone surrogates, reads numbers as float64 and escapes <, >
// and &; strconv.ParseFloat miscounts more than 800 digits before the point; a bufio.Scanner ends
// at lines of 64 KiB.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// request holds the members of a line as they stood there.
type request map[string]json.RawMessage

type result map[string]any

// refused is the error of what SPEC.md refuses: there is no result.
type refused string

func (why refused) Error() string { return string(why) }

// canonicalize: json_b64 -> canonical_b64, sha256 (SPEC 1.1).
func canonicalize(r request) (result, error) {
	return nil, refused("canonicalize is not written yet")
}

// merge: pith_number, keys or keys_b64, source_aliases or source_aliases_b64, verify_signatures,
// events_b64 -> state_b64 (SPEC 8.2).
func merge(r request) (result, error) {
	return nil, refused("merge is not written yet")
}

// evidence: document_b64, keys or keys_b64 -> holds, and equivocations_b64 or reason (SPEC 11.7).
func evidence(r request) (result, error) {
	return nil, refused("evidence is not written yet")
}

// verify: document_b64, keys or keys_b64 -> report_b64 (SPEC 10.7).
func verify(r request) (result, error) {
	return nil, refused("verify is not written yet")
}

// view: as_of, and what merge takes -> state_b64 (SPEC 8.9).
func view(r request) (result, error) {
	return nil, refused("view is not written yet")
}

// number: metadata_b64 -> canonical_record, canonical_sha256, pith_number (SPEC 2.9).
func number(r request) (result, error) {
	return nil, refused("number is not written yet")
}

// text is a string of a request, such as r.text("json_b64").
func (r request) text(name string) (string, error) {
	var text string
	err := json.Unmarshal(r[name], &text)
	return text, err
}

func hello(r request) result {
	version, ops := 2, []string{"canonicalize", "merge", "evidence", "verify", "view", "number"}
	if string(r["protocol"]) == "1" {
		version, ops = 1, ops[:2]
	}
	about := result{"name": "stub", "version": "0", "language": "Go", "source": "here"}
	return result{"protocol": version, "implementation": about, "ops": ops}
}

// run answers a run; what panics is an answer, too.
func run(r request) (answer result) {
	seq := r["seq"]
	defer func() {
		if p := recover(); p != nil {
			answer = failed(seq, fmt.Sprint(p))
		}
	}()
	op, err := r.text("op")
	if err != nil {
		return failed(seq, err.Error())
	}
	var of result
	switch op {
	case "canonicalize":
		of, err = canonicalize(r)
	case "merge":
		of, err = merge(r)
	case "evidence":
		of, err = evidence(r)
	case "verify":
		of, err = verify(r)
	case "view":
		of, err = view(r)
	case "number":
		of, err = number(r)
	default:
		return result{"seq": seq, "unsupported": "no such op"}
	}
	var why refused
	if errors.As(err, &why) {
		of = result{"refused": string(why)}
	} else if err != nil {
		return failed(seq, err.Error())
	}
	return result{"seq": seq, "result": of}
}

func failed(seq json.RawMessage, message string) result {
	return result{"seq": seq, "failed": result{"message": message, "traceback": string(debug.Stack())}}
}

func main() {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return
		}
		r := request{}
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		switch cmd, _ := r.text("cmd"); cmd {
		case "bye":
			return
		case "hello":
			err = out.Encode(hello(r))
		default:
			err = out.Encode(run(r))
		}
		if err != nil {
			panic(err)
		}
	}
}
