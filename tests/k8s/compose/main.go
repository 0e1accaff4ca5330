// Does a compose file say what the compose specification allows? Prints its services, or says what is wrong.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithInterpolation(true), cli.WithProfiles([]string{"*"}))
	if err != nil {
		fail(err)
	}
	// Loading holds the file to the specification's schema, and every reference in it to what is there.
	project, err := options.LoadProject(context.Background())
	if err != nil {
		fail(err)
	}
	names := project.ServiceNames()
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name, project.Services[name].Image)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
