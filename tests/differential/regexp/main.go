// What Go's regexp makes of cases: one JSON object a line comes in, {"regex", "text", "replacement"}, and one goes out,
// {"text"} or {"error"}. `cargo xtask fuzz-lite` holds it against ours.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

type question struct {
	Regex       string `json:"regex"`
	Text        string `json:"text"`
	Replacement string `json:"replacement"`
}

type answer struct {
	Text  *string `json:"text,omitempty"`
	Error string  `json:"error,omitempty"`
}

func replaced(asked question) answer {
	expression, err := regexp.Compile(asked.Regex)
	if err != nil {
		return answer{Error: err.Error()}
	}
	text := string(expression.ReplaceAll([]byte(asked.Text), []byte(asked.Replacement)))
	return answer{Text: &text}
}

func run() error {
	out := bufio.NewWriter(os.Stdout)
	decoder, encoder := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for decoder.More() {
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			return err
		}
		if err := encoder.Encode(replaced(asked)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
