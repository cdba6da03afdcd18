"""Words beside which names stand, and words that are never names, in some twenty languages."""

from __future__ import annotations

from guardrails.text import word_set

SAYS = (
    # A phrase that can only be followed by a name: lower case is accepted.
    r"my (?:full |first |last |middle |maiden )?name(?:['’]s| is| would be|(?=\s*[:=]))|"
    r"(?:the )?name's",
    r"name on (?:the |my )?(?:card|account|order|booking|reservation)(?: is)?|"
    r"under the name(?: of)?",
    r"(?:first|last|full|given|family|middle|maiden) ?name(?: is|['’]s|(?=\s*[:=*]))|surname(?: is|"
    r"(?=\s*[:=*]))",
    r"(?:account|card|policy) ?holder(?:'s name)?(?: is)?|in the name of|on behalf of|addressed to|"
    r"attn\.?|c/o",
    r"(?:recipient|passengers?|delivery|shipping|livraison|lieferung|envío|entrega|consegna|"
    r"bezorging|cardholder|customer|contact person|addressee|guest|patient|name|"
    r"names?)(?: name)?(?=\s*\*{0,2}[:=])",
    r"ich hei(?:ß|ss)e|mein (?:vor|nach|familien)?name(?: ist| lautet|(?=\s*[:=]))"
    r"|(?:vor|nach|familien)name(?: ist|(?=\s*[:=]))|kontoinhaber(?:in)?(?: ist)?|"
    r"karteninhaber(?:in)?|"
    r"empfänger(?:in)?(?=\s*[:=]| ist)|auf den namen|im namen von|z\. ?hd\.|namens",
    r"je m['’ ]appelle|mon (?:nom|prénom)(?: de famille)? est|mon nom c['’]est|(?:nom|"
    r"prénom)(?=\s*[:=])|au nom de|"
    r"titulaire(?: du compte| de la carte)?(?: est)?|destinataire(?=\s*[:=]| est)|prénommée?|"
    r"dénommée?",
    r"me llamo|mi (?:nombre|apellido)(?: completo)? es|mi nombre(?=\s*[:=])|(?:nombre|"
    r"apellidos?)(?=\s*[:=])|a nombre de|"
    r"titular(?: de la cuenta)?(?: es)?|destinatario(?=\s*[:=]| es)",
    r"(?:o )?meu (?:nome|sobrenome)(?: completo)? é|(?:eu )?me chamo|chamo-me|(?:nome|sobrenome|"
    r"apelido)(?=\s*[:=])|em nome de|"
    r"titular(?: da conta)?(?: é)?|destinatári[oa](?=\s*[:=]| é)",
    r"mi chiamo|il mio (?:nome|cognome) è|(?:nome|cognome)(?=\s*[:=])|a nome di|intestat(?:o a|"
    r"ario|aria)(?: è)?|destinatari[oa](?=\s*[:=]| è)",
    r"mijn (?:naam|voornaam|achternaam) is|ik heet|(?:naam|voornaam|achternaam)(?=\s*[:=])|"
    r"ten name van|t\.?n\.?v\.?|op naam van|"
    r"rekeninghouder(?: is)?|ontvanger(?=\s*[:=]| is)",
    r"nazywam się|mam na imię|imię i nazwisko(?=\s*[:=])",
    r"(?:benim )?adım",
    r"nama saya(?: adalah)?",
    r"tên tôi là|tôi tên là|mình tên là",
    r"меня зовут|мо[её] имя|на имя|получатель(?=\s*[:=])",
    r"मेरा नाम",
    r"ผมชื่อ|ดิฉันชื่อ|ฉันชื่อ",
    r"jag heter|mitt namn är|jeg hedder|jeg heter|minun nimeni on|nimeni on",
)
RELATIONS = (
    r"(?:a|the|my|our|one) (?:\w{3,12} )?(?:named|called)|passenger named|registered to",
    r"(?:my|our|his|her|their|for) (?:wife|husband|son|daughter|mother|father|mom|mum|mam|dad|"
    r"brother|sister|partner|friend|"
    r"colleague|co-?worker|neighbou?r|boss|manager|boyfriend|girlfriend|aunt|uncle|cousin|niece|"
    r"nephew|grandmother|"
    r"grandfather|grandma|grandpa|grandson|granddaughter|roommate|flatmate|assistant|landlord|"
    r"landlady|fianc[ée]e?|"
    r"mother-in-law|father-in-law|sister-in-law|brother-in-law|kid|child|baby|lawyer|doctor)",
    r"(?:meine[rmn]?|unsere[rmn]?|seine[rmn]?|ihre[rmn]?) (?:frau|mann|ehefrau|ehemann|sohn|"
    r"tochter|mutter|vater|mama|papa|bruder|"
    r"schwester|partner(?:in)?|freund(?:in)?|kolleg(?:e|in|en)|nachbar(?:in|n)?|chef(?:in)?|tante|"
    r"onkel|cousine?|oma|opa|nichte|"
    r"neffen?|mitbewohner(?:in)?|verlobten?|schwiegermutter|schwiegervater|enkel(?:in)?)",
    r"(?:ma|mon|notre|sa|son) (?:femme|mari|épouse|époux|fils|fille|mère|père|maman|papa|frère|"
    r"sœur|soeur|conjointe?|ami[es]?|"
    r"collègue|voisine?|patronn?e?|chef|tante|oncle|cousine?|grand-mère|grand-père|nièce|neveu|"
    r"compagne|compagnon|colocataire|"
    r"fiancée?|copine?|belle-mère|beau-père)",
    r"(?:mi|nuestr[oa]|su) (?:esposa|esposo|mujer|marido|hij[oa]|madre|padre|mamá|papá|herman[oa]|"
    r"pareja|amig[oa]|compañer[oa]|"
    r"colega|vecin[oa]|jef[ea]|novi[oa]|tí[oa]|prim[oa]|abuel[oa]|sobrin[oa]|suegr[oa]|niet[oa])",
    r"(?:(?:a |o )?(?:minha|meu|nossa|nosso)) (?:esposa|esposo|mulher|marido|filh[oa]|mãe|pai|irmã|"
    r"irmão|parceir[oa]|amig[oa]|"
    r"colega|vizinh[oa]|chefe|namorad[oa]|ti[oa]|prim[oa]|avó|avô|sobrinh[oa]|sogr[oa]|net[oa]|"
    r"noiv[oa])",
    r"(?:(?:il |la )?(?:mi[oa]|nostr[oa]|su[oa])) (?:moglie|marito|figli[oa]|madre|padre|mamma|"
    r"papà|fratello|sorella|compagn[oa]|"
    r"amic[oa]|collega|vicin[oa](?: di casa)?|capo|fidanzat[oa]|zi[oa]|cugin[oa]|nonn[oa]|nipote|"
    r"suocer[oa]|ragazz[oa])",
    r"(?:mijn|onze|zijn|haar) (?:vrouw|man|echtgenote|echtgenoot|zoon|dochter|moeder|vader|mama|"
    r"papa|broer|zus|partner|vriend(?:in)?|"
    r"collega|buurman|buurvrouw|baas|tante|oom|neef|nicht|oma|opa|verloofde|schoonmoeder|"
    r"schoonvader)",
    r"(?:moja|mój|mojej|mojego) (?:żon[aęy]|mąż|syn|córk[aęi]|mam[aęy]|tat[aęy]|brat|siostr[aęy]|"
    r"koleg[aęi])",
    r"(?:моя|мой|моей|моему) (?:жен[аеу]|муж[ау]?|сын[ау]?|доч(?:ь|ери)|мам[аеу]|пап[аеу]|"
    r"брат[ау]?|сестр[аеу]|друг[ау]?)",
)
TITLES = (
    r"mrs?|ms|miss|mx|dr|prof(?:essor)?|sir|herrn?|frau|fräulein|monsieur|madame|mademoiselle|mme|"
    r"mlle|"
    r"señor(?:a|ita)?|sr|sra|srta|don|doña|senhor(?:a)?|dona|seu|signor(?:a|ina|e)?|sig|sig\.?ra|"
    r"dott|dott\.?ssa|"
    r"mevrouw|meneer|dhr|mevr|mw|pani?|bay|bayan|господин|госпожа"
)
PRESENTS = (
    # May also be followed by something else, so a name must look like one.
    r"i am|i'm|i’m|this is|it is|it's|it’s|call me|here is|speaking with|hier ist|hier spricht|"
    r"ich bin|hier schreibt|es ist|"
    r"je suis|c['’]est(?: encore)?|ici|moi c['’]est|soy|habla|aquí|aquí está|sou(?: [oa])?|aqui é|"
    r"aqui fala|é [oa]|fala [oa]|sono|"
    r"qui è|parla|ik ben|met|hier is|u spreekt met|это|я"
)
REACHES = (
    # Where a parcel may as well have gone to a place or a shop.
    r"(?:ship|send|deliver|delivery|give|hand|handed|sent|shipped|forward|transfer)(?: it| them|"
    r" this)? to|"
    r"left (?:it )?with|leave (?:it )?with|spoke (?:to|with)|talked to|ask for|speak (?:to|with)|"
    r"lieferung an|(?:senden|schicken|liefern) (?:sie |es )?an|abgegeben bei|bei|gesprochen mit|"
    r"livraison(?: à| pour)?|envoyez(?:-le|-la)? à|laissé (?:chez|à|avec)|chez|parlé (?:à|avec)|"
    r"enviar a|envíen(?:lo|la)? a|entregar a|dejaron con|dejado con|hablé con|"
    r"entregar (?:para|a|ao|à)|enviar para|deixado com|deixaram com|falei com|"
    r"spedire a|consegnare a|spedite(?:lo)? a|lasciato (?:da|a|con)|parlato con|"
    r"bezorgen bij|sturen naar|afgegeven bij|gesproken met|bezorging aan|"
    r"guardian|keynote speaker|directed by:?|written by|signed by"
)
CLOSINGS = (
    r"thanks(?: again| a lot| so much)?|thank you(?: so much| very much)?|(?:kind |best |"
    r"warm )?regards|best(?: wishes)?|cheers|"
    r"sincerely|yours(?: truly| sincerely)?|love|danke(?: schön| sehr)?|vielen dank|(?:viele |"
    r"liebe |beste |schöne |herzliche )?gr(?:ü|ue)(?:ß|ss)e|"
    r"(?:mit )?freundlichen gr(?:ü|ue)(?:ß|ss)en|gruß|lg|vg|mfg|merci(?: beaucoup| d['’]avance)?|"
    r"cordialement|bien à vous|bises|"
    r"(?:muchas )?gracias|(?:un )?saludos?|(?:un )?abrazos?|atentamente|obrigad[oa]|"
    r"(?:um )?abraços?|abs|atenciosamente|cumprimentos|att|"
    r"grazie(?: mille)?|(?:cordiali |distinti )?saluti|un saluto|bedankt|dank u(?: wel)?|"
    r"(?:met vriendelijke )?groet(?:en|jes)?|mvg|dziękuję|"
    r"pozdrawiam|спасибо|с уважением|teşekkürler"
)
GREETINGS = (
    r"hi|hello|hey|dear|good (?:morning|afternoon|evening)|thank you|thanks|sorry|"
    r"welcome(?: back)?|hallo|liebe[r]?|guten (?:tag|morgen|abend)|"
    r"sehr geehrte[r]?|danke|bonjour|bonsoir|cher|chère|merci|hola|buenos días|buenas tardes|"
    r"estimad[oa]|querid[oa]|gracias|olá|oi|bom dia|"
    r"boa tarde|prezad[oa]|car[oa]|obrigad[oa]|ciao|buongiorno|salve|gentile|grazie|beste|geachte|"
    r"goedemorgen|goedemiddag|dag|bedankt|"
    r"привет|здравствуйте"
)
AGAIN = (
    r"here(?: again)?|again|speaking|nochmal(?:s)?|noch einmal|hier|encore|à l['’]appareil|"
    r"otra vez|de nuevo|de novo|outra vez|aqui|"
    r"di nuovo|ancora|qui|weer|nogmaals|opnieuw|znowu|tekrar"
)
NOT_NAMES = word_set(
    "a an the not on in at is it and or but so to for from very just still also here there "
    "only looking trying having calling writing waiting interested sorry happy unable afraid "
    "sure new und oder aber der die das ein eine nicht auch noch sehr hier ja nein seit mit "
    "bei von zu et ou mais le la les un une pas très ici avec y o pero el los las una no muy "
    "aquí con e mas os as um uma não muito aqui com ma il lo gli un non molto qui en maar de "
    "het een niet email mail phone telefon number order bestellung address adresse my mein "
    "mon mi meu mijn bitte please danke thanks gracias obrigado merci required missing wrong "
    "spelled written saved registered correct incorrect something using then spelt ready "
    "available listed given same different already currently really right on-file richtig "
    "falsch korrekt correcto correcta correto juste und i ich je yo eu io ik your you what "
    "how why when where who that this which again customer team all everyone everybody sir "
    "madam friend friends folks guys dear damen herren support service client clients kunde "
    "kunden cliente clientes klant klanten well good great perfect sounds yes okay ok if can "
    "could would will has had have was were are am be been get got going gone want wanted need "
    "needs called named we they he she his her its our their me him them us by as up out off "
    "about into over after before because with without of than too more most much many any "
    "some no none both each every other another first last next today tomorrow yesterday "
    "ist war hat hatte haben sind bin wird wurde kann soll muss möchte will dem den des im am "
    "vom zum zur auf für aus nach über unter wir ihr sie er es man wenn dass ob als wie was wo "
    "est était sont suis ai a ont sera peut doit veut dans sur sous pour par sans chez que qui "
    "quoi où quand comment si ce cette ces son sa ses leur nous vous ils elles il elle on du des "
    "au aux es era son soy fue ha han está están estoy en sobre para por sin que quien donde "
    "cuando como si su sus nos se me te del al é era são foi tem têm está estão na no nas nos da "
    "do das dos em para por sem que quem onde quando como se seu sua à ao è era sono ha hanno "
    "sta stanno nel nella sul sulla per senza che chi dove quando come se suo sua del della al "
    "alla was zijn heeft hebben wordt werd kan moet wil op voor uit naar over onder wij jullie "
    "zij hij als dat wie wat waar hun ons account login password link card parcel package refund "
    "paket pedido commande ordine ordre zahlung rechnung factura facture fattura "
    "monday tuesday wednesday thursday friday saturday sunday english german french spanish "
    "votre notre vostro vostra nostro uw ihrem ihrer ihren euer eure vuestro vuestra tua teu "
    "devait debía doveva zou sollte wollte promised told said team équipe equipo equipe kaart "
    "karte carte tarjeta cartão carta betaald bezahlt payé pagué paguei pagato paid unfortunately "
    "actually absolutely certainly understood noted let regarding great"
)
NEVER_NAMES = word_set(
    "llamo llama chiamo chiama chamo chama heiße heisse heißt appelle heet naam name nombre "
    "nome nom "
    "eur usd gbp chf iban bic cap cep plz dni cpf bsn tel fax sms pdf vip faq ok tél télé "
    "numéro número numero nummer appelez appelez-moi chiamatemi llámenme llame ring rufen "
    "encore nochmal weer novo nuovo saludos abraços grüße groeten saluti cordialement "
    "funziona funktioniert fonctionne funciona werkt mail e-mail correo dela dele ho payé "
    "thanks danke merci gracias obrigado obrigada grazie bedankt hallo hello regards "
)
"""Words that are no part of a name even with a capital."""
ZH_RELATIONS = (
    "太太|妻子|老婆|老公|丈夫|爱人|先生|儿子|女儿|妈妈|爸爸|母亲|父亲|哥哥|弟弟|姐姐|妹妹|朋友|同事|室友|邻居|老板|女朋友|男朋友|助理|表哥|表姐|表弟|表妹|奶奶|"
    "爷爷|外婆|外公"
)
ZH_TITLES = (
    "先生|女士|小姐|太太|经理|老师|医生|师傅|主管|主任|总监|总|同学|客服|律师|教授|院长|阿姨|叔叔"
)
ZH_SURNAMES = (
    "洪賴赖塗凃丰簡王李张张刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖蕭萧田董袁潘于蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范範"
    "金石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫閻段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯温溫康施文牛樊葛邢安齐齊易乔喬伍庞龐颜顏倪庄莊聂聶章鲁魯岳翟殷詹申欧歐耿关關兰蘭"
    "焦俞左柳甘祝包宁寧尚符舒阮纪紀柯梅童凌毕畢单單季裴霍涂成苗谷曲盛冉翁蓝藍路游辛靳管柴蒙鲍鮑华華喻祁蒲房滕屈饶饒解牟艾尤时時阳陽穆农農司卓古吉缪繆简簡车車项項连連芦麦麥褚娄婁窦竇戚岑景党黨"
    "宫宮费費卜冷晏席卫衛米柏宗瞿桂全佟应應臧闵苟邬邊边卞姬师師和仇栾隋商刁沙荣榮巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
ZH_DOUBLE_SURNAMES = (
    "欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|长孙|夏侯|端木"
)
AR_BEFORE = (
    r"اسمي(?: هو| الكامل)?|أنا اسمي|انا اسمي|باسم|الاسم(?=\s*[:：])|السيدة?|الأستاذة?|الدكتورة?|"
    r"المهندسة?|الآنسة|"
    r"زوجتي|زوجي|ابني|ابنتي|أمي|والدتي|والدي|أبي|أخي|أختي|صديقي|صديقتي|زميلي|زميلتي|جاري|جارتي|"
    r"مديري|"
    r"المستلم(?=\s*[:：])|صاحب الحساب|حامل البطاقة|معكم|معك|مع السيد|أنا|انا|عند|التسليم إلى|"
    r"التوصيل إلى|أرسلوه إلى|تحدثت مع|يا|أخوكم|أختكم"
)
AR_NOT_NAMES = word_set(
    "لكم لك والرمز البريدي تركوا الطرد عند الرجاء التحقق شكرا في من على إلى الى عن مع هذا هذه ذلك "
    "لم لا ما لن قد كان كانت هو هي و أو او ثم لكن طلبي طلب رقم "
    "رقمها رقمه رقمي البريد الرمز "
    "الرجاء هل متى كيف أين اين لماذا عنوان هاتف هاتفي جوال زبون عميل أريد اريد أحتاج احتاج أحاول "
    "احاول لست غير مرة أخرى اخرى "
    "الآن الان اليوم أمس امس غدا بعد قبل وعدني يريد تريد فقط جدا سعيد مهتم الذي التي منذ ساعة "
    "البطاقة الحساب الطرد المبلغ هنا بانتظار انتظر أنتظر"
)
