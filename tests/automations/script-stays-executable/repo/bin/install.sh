#!/bin/sh
VERSION="1.4.1"
echo "$VERSION"
