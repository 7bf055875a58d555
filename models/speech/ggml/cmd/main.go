// Command cmd turns an unpacked CTranslate2 Whisper folder into the single ggml
// file libwhisper loads. models/fetch.sh runs it once when models are fetched;
// it must never be part of the shipped binary.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/sidetone/sidetone/models/speech/ggml"
)

func main() {
	in := flag.String("in", "", "folder with model.bin and vocabulary.txt")
	out := flag.String("out", "", "ggml file to write")
	kind := flag.String("type", "q8_0", "weights: f16, or q8_0 (half the size, faster)")
	flag.Parse()
	if err := ggml.ConvertFile(*in, *out, ggml.Weights(*kind)); err != nil {
		fmt.Fprintln(os.Stderr, "ggml:", err)
		os.Exit(1)
	}
}
