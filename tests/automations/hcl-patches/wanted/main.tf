module "shop" {
  source   = "git::https://git.example.com/acme/shop-infra.git?ref=v1.4.2" # by pull requests
  replicas = 2
}
