module stagecoach.dev/differential/regexp

go 1.21
