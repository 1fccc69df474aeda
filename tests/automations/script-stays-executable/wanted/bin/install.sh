#!/bin/sh
VERSION="1.4.2"
echo "$VERSION"
