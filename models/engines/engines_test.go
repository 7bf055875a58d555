package engines

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/sidetone/sidetone/models"
)

// The test binary is its own worker process: it is started again with the
// worker's arguments.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "worker" {
		if err := Work(context.Background(), os.Args[2], models.Dir(os.Args[4])); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
